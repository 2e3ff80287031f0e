# Intune remediation, detection: exit code 1 and one line where the agent is installed and does not do
# its work. The line has no times in it, since Intune reports changes only.
$ErrorActionPreference = 'SilentlyContinue'
$silentHours = 24
$agent = Join-Path -Path $env:ProgramW6432 -ChildPath 'vdiwatch\vdiwatch-agent.exe'
$problem = $null
$service = Get-Service -Name 'vdiwatch-agent'
if (-not $service) {
  $problem = 'service missing'
} elseif ($service.Status -ne 'Running') {
  $problem = 'service not running'
} else {
  $status = & $agent status --json 2>$null | Out-String | ConvertFrom-Json
  $then = [DateTime]::MinValue
  $dated = [DateTime]::TryParse("$($status.last_check_in)", [Globalization.CultureInfo]::InvariantCulture,
    [Globalization.DateTimeStyles]::AdjustToUniversal, [ref]$then)
  if (-not $dated) {
    $problem = 'never checked in'
  } elseif (([DateTime]::UtcNow - $then).TotalHours -gt $silentHours) {
    $problem = "no check-in for $silentHours hours"
  }
}
if ($problem) {
  Write-Output -InputObject "vdiwatch agent: $problem"
  exit 1
}
Write-Output -InputObject 'vdiwatch agent: fine'
exit 0
