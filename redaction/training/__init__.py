"""How the domain model is made: invented notes with exact labels, training, and measurement.

Nothing here runs in a broker. `make model` trains on the notes that this room writes; the
evaluation's templates, names and places are kept apart in `evaluation/`.
"""
