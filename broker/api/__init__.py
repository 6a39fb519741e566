"""The only JSON over HTTP: routes, schemas, and problems (RFC 9457)."""
