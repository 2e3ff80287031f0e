<#
.SYNOPSIS
Makes a configuration item and a baseline that ask each desktop for its vdiwatch verdict.
.DESCRIPTION
Run on a machine with the ConfigMgr console. Uses the documented cmdlets of the ConfigurationManager
module. Does not deploy: do that in the console, or with New-CMBaselineDeployment.
.EXAMPLE
.\New-VdiwatchBaseline.ps1 -SiteCode P01 -SiteServer cm01.example.com -ExportPath C:\temp\vdiwatch.cab
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory = $true)] [string] $SiteCode,
  [Parameter(Mandatory = $true)] [string] $SiteServer,
  [string] $ExportPath
)
$ErrorActionPreference = 'Stop'
$itemName = 'vdiwatch verdict'
$baselineName = 'vdiwatch: Docker Desktop supported'
$script = Get-Content -Path (Join-Path -Path $PSScriptRoot -ChildPath 'baseline-discover.ps1') -Raw

Import-Module -Name (Join-Path -Path (Split-Path -Path $env:SMS_ADMIN_UI_PATH -Parent) -ChildPath 'ConfigurationManager.psd1')
if (-not (Get-PSDrive -Name $SiteCode -PSProvider CMSite -ErrorAction SilentlyContinue)) {
  $null = New-PSDrive -Name $SiteCode -PSProvider CMSite -Root $SiteServer
}
Push-Location -Path "${SiteCode}:\"
try {
  $item = New-CMConfigurationItem -Name $itemName -CreationType WindowsOS -Description 'Asks the vdiwatch agent what its collector said last.'
  $setting = @{
    InputObject = $item
    Name = 'Verdict'
    DataType = 'String'
    DiscoveryScriptLanguage = 'PowerShell'
    DiscoveryScriptText = $script
    Is64Bit = $true
    ValueRule = $true
    RuleName = 'Verdict is Compliant'
    ExpressionOperator = 'IsEquals'
    ExpectedValue = 'Compliant'
    NoncomplianceSeverity = 'Critical'
    ReportNoncompliance = $true
  }
  $null = Add-CMComplianceSettingScript @setting
  $null = New-CMBaseline -Name $baselineName
  Set-CMBaseline -Name $baselineName -AddOSConfigurationItem $item.CI_ID -AllowComanagedClients $true
  if ($ExportPath) { Export-CMBaseline -Name $baselineName -Path $ExportPath }
  Write-Output -InputObject "made baseline '$baselineName' with item '$itemName'"
} finally {
  Pop-Location
}
