"""The demo: a patient with a defect, and the way it goes from its issue to a pull request."""
