"""Set-up behind every make target: `python3 -m deploy.setup`. Standard library only, since nothing is installed yet."""
