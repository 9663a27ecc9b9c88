"""The API: a door for programs. One contact or a list of them, each with its answer."""
