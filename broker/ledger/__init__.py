"""The disclosure log without I/O: entries, tokens, the tree, checkpoints, receipts, verification.

Everything here takes values and returns values or raises; keys come in as functions. Where the
bytes are kept is broker.storage's business. FORMAT.md beside this file is for those who verify
the log with their own software.
"""
