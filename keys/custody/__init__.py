"""Our own private keys, in a file, a token, a cloud's key service or a Transit engine.

Four backends keep one contract (broker.domain.key_ports.KeyCustody); `places` chooses.
"""
