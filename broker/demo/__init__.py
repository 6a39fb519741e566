"""The synthetic county and its research round: every person in it is invented."""
