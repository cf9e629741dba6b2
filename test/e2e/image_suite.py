"""Airbyte's own tests of a connector's image; the folder of the scenarios comes as the working folder."""

from pathlib import Path

from airbyte_cdk.test.standard_tests.docker_base import DockerConnectorTestSuite


class TestImage(DockerConnectorTestSuite):
    @classmethod
    def get_connector_root_dir(cls):
        return Path.cwd()
