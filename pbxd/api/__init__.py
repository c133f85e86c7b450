"""Everything over HTTP, in a process of its own: ``python -m pbxd.api``, which the server starts and minds.

Figures and health, phones' settings, the API.

It knows of the server what the control socket tells. So nothing that happens here, whoever asks for what, is ever in
the way of a call, and the process that serves SIP loads no web framework (decision 13).
"""
