"""The steps of a job, in the order they are taken: permission, progress, clone, run, publish, answer."""
