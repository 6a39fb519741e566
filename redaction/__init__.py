"""Redaction: minimise, detect, apply, verify; the only home of Presidio and spaCy.

Detection runs in worker processes on the text alone. Everything that decides what a recipient may
see runs in the caller, on offsets and labels. Unknown means protected: whoever or whatever cannot
be explained gets the strictest treatment of the profile.
"""
