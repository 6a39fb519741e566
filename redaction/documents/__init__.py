"""Documents: read to paragraphs and cells in a process of its own, redacted, and written afresh.

Nothing of a document is passed through: what is not read as text is left behind and counted. Every
text of one document, of its headers, notes and attachments is a sibling of every other.
"""
