"""Holds the Powers: optional abilities that a team switches on one by one, each as values and decisions without a world.

Main types: `iam.policy.Policy`, `iam.evaluation.Evaluation`, `iam.usage.Usage`, `iam.recommendation.Recommendation`, `iam.escalation.Escalation`.
Not here: reading trails and accounts, opening pull requests (ports and adapters), the order of the steps (journeys).
"""
