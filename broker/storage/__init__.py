"""The only SQLAlchemy: tables, stores, the sequencer of the log, the outbox, migrations.

Start reading at store.py. Everything that changes state goes through the sequencer, together
with its log entry; every row about a case or a person is sealed and found by a blind index.
"""
