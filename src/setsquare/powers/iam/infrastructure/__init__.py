"""Policies inside infrastructure code: found in JSON, Terraform and CloudFormation, and edited in place."""
