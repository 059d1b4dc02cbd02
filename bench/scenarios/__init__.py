"""One module per kind of scenario; run.py lists them."""
