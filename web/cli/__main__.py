"""`python -m web.cli` is `netlift`."""

from web.cli import main

main()
