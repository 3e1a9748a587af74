"""The plan-edit-test loop: task and repository in, verdict and evidence out. Knows no GitHub."""
