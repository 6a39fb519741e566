"""The people of the case, and every way in which a note may write what the record knows of them."""
