"""What training reads of the product, as it stood then: its word lists and how it shows a text.

DO NOT CHANGE without training anew. The product's own lists grow with every release; were they read
here, the same seed would teach another model each time. A test holds the digest of what is learned.
"""
