<#
.SYNOPSIS
Will the pool made from this image be supported? For an image pipeline, on the image, before sealing.
.DESCRIPTION
Judges this machine as it will be judged as a desktop, with the vdiwatch-check.exe beside this script,
which needs nothing else and leaves nothing behind. Install the agent with VDI_MODE first, or the image's
persistence is unknown. Exit codes are those of vdiwatch-check: 0 compliant or conditional, 1 noncompliant,
2 unknown, 64 and above for what kept it from judging.
.EXAMPLE
.\Test-Image.ps1 -Policy C:\build\policy -PoolAttribute license=docker_business
#>
[CmdletBinding()]
param(
  [string[]] $Policy = @(),
  [string[]] $PoolAttribute = @(),
  [switch] $UnknownIsFine
)
$check = Join-Path -Path $PSScriptRoot -ChildPath 'vdiwatch-check.exe'
if (-not (Test-Path -LiteralPath $check)) {
  Write-Error -Message "$check is missing: copy vdiwatch-check.exe beside this script"
  exit 69
}
$arguments = @()
foreach ($file in $Policy) { $arguments += '--policy', $file }
foreach ($pair in $PoolAttribute) { $arguments += '--pool-attr', $pair }
& $check @arguments
$code = $LASTEXITCODE
if ($null -eq $code) { exit 70 }
if ($code -eq 2 -and $UnknownIsFine) { $code = 0 }
exit $code
