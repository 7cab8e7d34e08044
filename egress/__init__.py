"""The only way out of the product.

No other package opens a socket, and none imports an HTTP, SSH, mail or TLS library. Whoever needs
something from outside takes one of these doors:

``guard``
    decides which network addresses may be spoken to, and pins a connection to the address it checked.
``http``
    requests to vendors, identity providers and webhooks, plus the session lent to sign-in libraries.
``sftp``
    files onto a customer's server, under a pinned host key, never leaving half a file.
``tcp``
    plain or TLS byte streams, for vendors that speak a protocol of their own.
``mail``
    messages to people, by SMTP or into a folder.
``errors``
    what can go wrong behind any door, said once: what happened, what to do, and whether the far side may
    have acted all the same.

Rules of the house. This is the lowest layer: no Django, no database, no settings module; whatever a door
must know is an argument. Every failure is an ``errors.EgressError``; texts of failures name hosts and
ports, never paths with parameters, headers, bodies or credentials. Nothing is retried here: the delivery
engine owns the schedule of retries, and only it knows whether a repetition is safe.
"""
