"""The process that sends letters, from inside: by SMTP, by an HTTP gateway, by SMPP.

Nothing else imports this. What it needs of libraries costs the server no memory, and encoding a long recording holds
up no call. It is told what to do on standard input, answers on standard output, and ends when its input does.
"""
