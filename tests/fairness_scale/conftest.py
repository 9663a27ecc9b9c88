from fairness_scale.sessions import spark

__all__ = ["spark"]
