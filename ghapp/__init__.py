"""The GitHub side: webhooks in, verified pull requests out."""
