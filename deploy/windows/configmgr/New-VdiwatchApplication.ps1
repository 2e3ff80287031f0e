<#
.SYNOPSIS
Makes the ConfigMgr application "vdiwatch agent" out of the MSI on a share.
.DESCRIPTION
Run on a machine with the ConfigMgr console. A script deployment type, so that detection goes by the
version in the registry: an agent that another channel upgraded is not "repaired" backwards. The share
holds the MSI and, if a CA file is used, ca.pem beside it. Does not distribute and does not deploy.
.EXAMPLE
.\New-VdiwatchApplication.ps1 -SiteCode P01 -SiteServer cm01.example.com -ContentLocation \\cm01\src\vdiwatch -MsiName vdiwatch-agent.msi -Version 0.1.0 -InstallProperties 'COLLECTOR_URL=https://collector.example:7443 CA_FILE=ca.pem TOKEN_FILE=C:\Windows\Temp\vdiwatch.token' -ProductCode '{00000000-0000-0000-0000-000000000000}'
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory = $true)] [string] $SiteCode,
  [Parameter(Mandatory = $true)] [string] $SiteServer,
  [Parameter(Mandatory = $true)] [string] $ContentLocation,
  [Parameter(Mandatory = $true)] [string] $MsiName,
  [Parameter(Mandatory = $true)] [Version] $Version,
  [Parameter(Mandatory = $true)] [string] $ProductCode,
  [Parameter(Mandatory = $true)] [string] $InstallProperties
)
$ErrorActionPreference = 'Stop'
$name = 'vdiwatch agent'
$detection = Get-Content -Path (Join-Path -Path $PSScriptRoot -ChildPath '..\intune\detect.ps1') -Raw
$detection = $detection -replace "\[Version\]'[0-9.]+'", "[Version]'$Version'"

Import-Module -Name (Join-Path -Path (Split-Path -Path $env:SMS_ADMIN_UI_PATH -Parent) -ChildPath 'ConfigurationManager.psd1')
if (-not (Get-PSDrive -Name $SiteCode -PSProvider CMSite -ErrorAction SilentlyContinue)) {
  $null = New-PSDrive -Name $SiteCode -PSProvider CMSite -Root $SiteServer
}
Push-Location -Path "${SiteCode}:\"
try {
  $null = New-CMApplication -Name $name -Publisher 'vdiwatch' -SoftwareVersion "$Version"
  $type = @{
    ApplicationName = $name
    DeploymentTypeName = "$name $Version"
    ContentLocation = $ContentLocation
    InstallCommand = "msiexec /i `"$MsiName`" /qn /norestart $InstallProperties"
    UninstallCommand = "msiexec /x $ProductCode /qn /norestart"
    RepairCommand = "msiexec /fomus $ProductCode /qn /norestart"
    InstallationBehaviorType = 'InstallForSystem'
    LogonRequirementType = 'WhetherOrNotUserLoggedOn'
    ScriptLanguage = 'PowerShell'
    ScriptText = $detection
  }
  $null = Add-CMScriptDeploymentType @type
  Write-Output -InputObject "made application '$name' $Version"
} finally {
  Pop-Location
}
