"""A guided demo: a shop and a CRM are played, and the real command line ties them.

`story` tells it, `stage` shows each command and its outcome, `playing` starts the two systems.
"""
