"""marac-broker: one thing, to one recipient, for one stated purpose, proved afterwards."""
