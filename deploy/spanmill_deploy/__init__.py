"""How the parts are run together: the one-machine supervisor here, compose and Kubernetes beside it."""
