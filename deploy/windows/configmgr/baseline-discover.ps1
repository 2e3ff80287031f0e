# Configuration item's discovery script: "Compliant", or one word that says what is wrong with this
# desktop. ConfigMgr compares the word. It also leaves the verdict in the registry, where hardware
# inventory finds it (configuration.mof); the agent's uninstallation takes that key away.
$ErrorActionPreference = 'SilentlyContinue'
$silentDays = 7
$agent = Join-Path -Path $env:ProgramW6432 -ChildPath 'vdiwatch\vdiwatch-agent.exe'
if (-not (Test-Path -Path $agent)) {
  Write-Output -InputObject 'NotInstalled'
  return
}
$status = & $agent status --json 2>$null | Out-String | ConvertFrom-Json
$word = 'NoVerdict'
$then = [DateTime]::MinValue
$dated = [DateTime]::TryParse("$($status.last_check_in)", [Globalization.CultureInfo]::InvariantCulture,
  [Globalization.DateTimeStyles]::AdjustToUniversal, [ref]$then)
if ($dated -and $status.grade) {
  $word = switch ($status.grade) {
    'compliant' { 'Compliant' }
    'conditional' { 'Compliant' }
    'noncompliant' { 'Noncompliant' }
    default { 'Unknown' }
  }
  if (([DateTime]::UtcNow - $then).TotalDays -ge $silentDays) { $word = 'Silent' }
}
$worst = @($status.rules) | Where-Object -FilterScript { $_.grade -eq $status.grade } |
  Select-Object -First 1
$key = 'HKLM:\SOFTWARE\vdiwatch\Verdict'
$null = New-Item -Path $key -Force
$values = @{ Verdict = $word; Grade = $status.grade; Pool = $status.pool; Rule = $worst.rule }
foreach ($name in $values.Keys) {
  $null = New-ItemProperty -Path $key -Name $name -Value "$($values[$name])" -Force
}
Write-Output -InputObject $word
