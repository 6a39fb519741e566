"""What this software calls itself, in its log and on the command line."""

SOFTWARE = "marac-broker 0.1.0"
