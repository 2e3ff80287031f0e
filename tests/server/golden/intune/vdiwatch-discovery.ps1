# Intune custom compliance: what the collector told this desktop's agent, as one line of JSON.
# Made by `vdiwatch policy export intune`; make it anew when the rules change. Runs as SYSTEM, in the
# 32-bit host too. The value behind a rule says whether it fails while it is unknown.
$ErrorActionPreference = 'SilentlyContinue'
$rules = [ordered]@{
  'on-vmware' = $true
  'wsl-2' = $false
}
$agent = Join-Path -Path $env:ProgramW6432 -ChildPath 'vdiwatch\vdiwatch-agent.exe'
$status = & $agent status --json 2>$null | Out-String | ConvertFrom-Json
$told = $false
if ($status -and $status.grade -and $status.last_check_in) {
  $age = [DateTime]::UtcNow - ([DateTime]$status.last_check_in).ToUniversalTime()
  $told = $age.TotalDays -lt 7
}
$grades = @{}
foreach ($rule in $status.rules) { $grades[$rule.rule] = $rule.grade }
$answer = [ordered]@{ 'AgentReports' = $told }
foreach ($id in $rules.Keys) {
  $fails = $grades[$id] -eq 'noncompliant' -or ($rules[$id] -and $grades[$id] -eq 'unknown')
  $answer["Rule_$id"] = $told -and -not $fails
}
return $answer | ConvertTo-Json -Compress
