"""How to open a package without this software: read them, copy them, they are yours."""
