"""The use cases of operators about the installation as a whole. Each takes an Actor and checks it."""
