"""Several tasks: one shared model compared with one single-task model for each; what sharing gains, costs and saves."""
