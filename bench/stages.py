"""Where the server's CPU time goes. Filled in by the next change."""


def available():
    return False
