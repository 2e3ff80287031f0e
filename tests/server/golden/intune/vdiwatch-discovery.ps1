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
$then = [DateTime]::MinValue
$dated = [DateTime]::TryParse("$($status.last_check_in)", [Globalization.CultureInfo]::InvariantCulture,
  [Globalization.DateTimeStyles]::AdjustToUniversal, [ref]$then)
$told = [bool]($dated -and $status.grade -and ([DateTime]::UtcNow - $then).TotalDays -lt 7)
$grades = @{}
foreach ($id in $status.passed) { $grades[$id] = 'compliant' }
foreach ($rule in $status.rules) { $grades[$rule.rule] = $rule.grade }
$unheard = @($rules.Keys | Where-Object -FilterScript { -not $grades.ContainsKey($_) })
$answer = [ordered]@{ 'AgentReports' = $told; 'PolicyMatches' = $told -and $unheard.Count -eq 0 }
foreach ($id in $rules.Keys) {
  $fails = $grades[$id] -eq 'noncompliant' -or ($rules[$id] -and $grades[$id] -eq 'unknown')
  $answer["Rule_$id"] = $told -and $grades.ContainsKey($id) -and -not $fails
}
return $answer | ConvertTo-Json -Compress
