-- What wixl 0.101 cannot say, a statement a line; `build` runs it with msibuild. Meanings and numbers
-- are those of the Windows Installer database reference (learn.microsoft.com/windows/win32/msi).

-- Which properties may come from a command line of an elevated install, and which no log may show
UPDATE `Property` SET `Value` = 'COLLECTOR_URL;ENROLMENT_TOKEN;TOKEN_FILE;CA_FILE;CA_PIN;PROXY;POOL;VDI_MODE;GOLDEN_IMAGE;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED' WHERE `Property` = 'SecureCustomProperties'
INSERT INTO `Property` (`Property`, `Value`) VALUES ('MsiHiddenProperties', 'ENROLMENT_TOKEN;SAVED_TOKEN;POLICY_TOKEN;KeepToken')
UPDATE `CustomAction` SET `Type` = 8243 WHERE `Action` = 'KeepToken'

-- A setting is written if it was told. 324: 64-bit, key path in the registry, condition asked again at a repair
UPDATE `Component` SET `Condition` = 'COLLECTOR_URL', `Attributes` = 324 WHERE `Component` = 'Collector'
UPDATE `Component` SET `Condition` = 'ENROLMENT_TOKEN', `Attributes` = 324 WHERE `Component` = 'Token'
UPDATE `Component` SET `Condition` = 'TOKEN_FILE', `Attributes` = 324 WHERE `Component` = 'TokenFile'
UPDATE `Component` SET `Condition` = 'CA_FILE OR (SAVED_CA_FILE AND NOT CA_PIN)', `Attributes` = 324 WHERE `Component` = 'CaFile'
UPDATE `Component` SET `Condition` = 'CA_PIN', `Attributes` = 324 WHERE `Component` = 'CaPin'
UPDATE `Component` SET `Condition` = 'PROXY', `Attributes` = 324 WHERE `Component` = 'Proxy'
UPDATE `Component` SET `Condition` = 'POOL', `Attributes` = 324 WHERE `Component` = 'Pool'
UPDATE `Component` SET `Condition` = 'VDI_MODE', `Attributes` = 324 WHERE `Component` = 'VdiMode'
-- A golden image's service is enabled, but starts in the clones. 320: 64-bit, condition asked again at a repair
UPDATE `Component` SET `Condition` = 'NOT GOLDEN_IMAGE', `Attributes` = 320 WHERE `Component` = 'StartedService'

-- Searched and judged by the elevated part alone: who double-clicks may not read the installation's key, and
-- what was searched once, even in vain, is not searched again
DELETE FROM `InstallUISequence` WHERE `Action` = 'AppSearch'
DELETE FROM `InstallUISequence` WHERE `Action` = 'LaunchConditions'
DELETE FROM `InstallUISequence` WHERE `Action` = 'FindRelatedProducts'

-- CA_FILE becomes ca.pem beside the programs; nothing is copied while CA_SOURCE is empty
CREATE TABLE `MoveFile` (`FileKey` CHAR(72) NOT NULL, `Component_` CHAR(72) NOT NULL, `SourceName` CHAR(255) LOCALIZABLE, `DestName` CHAR(255) LOCALIZABLE, `SourceFolder` CHAR(72), `DestFolder` CHAR(72) NOT NULL, `Options` INT NOT NULL PRIMARY KEY `FileKey`)
INSERT INTO `MoveFile` (`FileKey`, `Component_`, `DestName`, `SourceFolder`, `DestFolder`, `Options`) VALUES ('CopyCa', 'CaFile', 'ca.pem', 'CA_SOURCE', 'INSTALLFOLDER', 0)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('MoveFiles', 3800)

-- The empty folders, and what the administrator laid there, go with an uninstall (2); the properties are empty during an upgrade
INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `DirProperty`, `InstallMode`) VALUES ('Forget1', 'Agent', 'FORGET_STATE', 2)
INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `DirProperty`, `InstallMode`) VALUES ('Forget2', 'Agent', 'FORGET_DATA', 2)
INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `FileName`, `DirProperty`, `InstallMode`) VALUES ('Forget3', 'Agent', 'ca.pem', 'FORGET_FOLDER', 2)
INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `FileName`, `DirProperty`, `InstallMode`) VALUES ('Forget4', 'Agent', 'agent.yaml', 'FORGET_FOLDER', 2)

-- The installation's key is made (+) and is nobody's but SYSTEM's and the administrators': it may hold a token
INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Component_`) VALUES ('SettingsKey', 2, 'SOFTWARE\vdiwatch\Agent', '+', 'Registered')
CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, `Table` CHAR(32) NOT NULL, `SDDLText` LONGCHAR NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)
INSERT INTO `MsiLockPermissionsEx` (`MsiLockPermissionsEx`, `LockObject`, `Table`, `SDDLText`) VALUES ('SettingsKey', 'SettingsKey', 'Registry', 'D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)')

-- What baseline-discover.ps1 leaves there goes with an uninstall (-)
INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Component_`) VALUES ('VerdictKey', 2, 'SOFTWARE\vdiwatch\Verdict', '-', 'Registered')

-- Without its service, the agent is not installed (32768: vital)
UPDATE `ServiceInstall` SET `ErrorControl` = 32769

-- Delayed start (3), a service SID (5), and after a crash a restart in 1, 5 and 15 min; a day without one starts over
CREATE TABLE `MsiServiceConfig` (`MsiServiceConfig` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, `Event` INT NOT NULL, `ConfigType` LONG NOT NULL, `Argument` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfig`)
INSERT INTO `MsiServiceConfig` (`MsiServiceConfig`, `Name`, `Event`, `ConfigType`, `Argument`, `Component_`) VALUES ('Delayed', 'vdiwatch-agent', 5, 3, '1', 'Agent')
INSERT INTO `MsiServiceConfig` (`MsiServiceConfig`, `Name`, `Event`, `ConfigType`, `Argument`, `Component_`) VALUES ('OwnSid', 'vdiwatch-agent', 5, 5, '1', 'Agent')
INSERT INTO `MsiServiceConfig` (`MsiServiceConfig`, `Name`, `Event`, `ConfigType`, `Argument`, `Component_`) VALUES ('RecoverFromErrors', 'vdiwatch-agent', 5, 4, '1', 'Agent')
CREATE TABLE `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, `Event` INT NOT NULL, `ResetPeriod` LONG, `RebootMessage` CHAR(255) LOCALIZABLE, `Command` CHAR(255) LOCALIZABLE, `Actions` CHAR(255), `DelayActions` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfigFailureActions`)
INSERT INTO `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions`, `Name`, `Event`, `ResetPeriod`, `Actions`, `DelayActions`, `Component_`) VALUES ('Restart', 'vdiwatch-agent', 5, 86400, '1[~]1[~]1', '60000[~]300000[~]900000', 'Agent')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('MsiConfigureServices', 'VersionMsi >= "5.00"', 5850)

-- The former version goes inside the transaction (behind InstallInitialize), so that an upgrade that fails brings it back
UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'
