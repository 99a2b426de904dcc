"""Compare one shared model for several tasks with a single-task model for each: what sharing gains, costs and saves."""
