"""The language models: the published one, and ours beside it. Their hashes prove both."""
