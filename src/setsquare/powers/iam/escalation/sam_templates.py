"""The policy templates of SAM, and what of their actions ways to more rights need.

Source: AWS SAM, "Policy templates"; `policy_templates.json` of the SAM translator (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Mapping

_HARMLESS = """
AMIDescribePolicy AWSSecretsManagerGetSecretValuePolicy AWSSecretsManagerRotationPolicy AcmGetCertificatePolicy AthenaQueryPolicy
CloudFormationDescribeStacksPolicy CloudWatchDashboardPolicy CloudWatchDescribeAlarmHistoryPolicy CloudWatchPutMetricPolicy CodeCommitCrudPolicy
CodeCommitReadPolicy CodePipelineLambdaExecutionPolicy CodePipelineReadOnlyPolicy ComprehendBasicAccessPolicy CostExplorerReadOnlyPolicy
DynamoDBBackupFullAccessPolicy DynamoDBCrudPolicy DynamoDBReadPolicy DynamoDBReconfigurePolicy DynamoDBRestoreFromBackupPolicy
DynamoDBStreamReadPolicy DynamoDBWritePolicy EC2CopyImagePolicy EC2DescribePolicy EFSWriteAccessPolicy EKSDescribePolicy
ElasticsearchHttpPostPolicy EventBridgePutEventsPolicy FilterLogEventsPolicy FirehoseCrudPolicy FirehoseWritePolicy KMSDecryptPolicy
KMSEncryptPolicy KinesisCrudPolicy KinesisStreamReadPolicy MobileAnalyticsWriteOnlyAccessPolicy OrganizationsListAccountsPolicy
PinpointEndpointAccessPolicy PollyFullAccessPolicy RekognitionDetectOnlyPolicy RekognitionFacesManagementPolicy RekognitionFacesPolicy
RekognitionLabelsPolicy RekognitionNoDataAccessPolicy RekognitionReadPolicy RekognitionWriteOnlyAccessPolicy
Route53ChangeResourceRecordSetsPolicy S3CrudPolicy S3FullAccessPolicy S3ReadPolicy S3WritePolicy SESBulkTemplatedCrudPolicy
SESBulkTemplatedCrudPolicy_v2 SESCrudPolicy SESEmailTemplateCrudPolicy SESSendBouncePolicy SNSCrudPolicy SNSPublishMessagePolicy SQSPollerPolicy
SQSSendMessagePolicy SSMParameterReadPolicy SSMParameterWithSlashPrefixReadPolicy ServerlessRepoReadWriteAccessPolicy StepFunctionsExecutionPolicy
TextractDetectAnalyzePolicy TextractGetResultPolicy TextractPolicy VPCAccessPolicy
"""
SAM_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_HARMLESS.split(), ()),
    "LambdaInvokePolicy": ("lambda:InvokeFunction",),
    "EcsRunTaskPolicy": ("ecs:RunTask",),
}
"""Actions by the name of the template; none where no way to more rights needs any of it."""
