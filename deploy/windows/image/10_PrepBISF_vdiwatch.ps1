# BIS-F custom script, preparation (sealing). Goes into BIS-F's folder for custom preparation scripts.
# Stops the agent and removes what belongs to this one machine; the service stays enabled for the clones.
$root = $env:ProgramW6432
if (-not $root) { $root = $env:ProgramFiles }
$agent = Join-Path -Path $root -ChildPath 'vdiwatch\vdiwatch-agent.exe'
$service = Get-Service -Name 'vdiwatch-agent' -ErrorAction SilentlyContinue
if ($service -and -not (Test-Path -LiteralPath $agent)) {
  Write-BISFLog -Msg "vdiwatch-agent is a service, but $agent is missing: not sealed" -Type E -SubMsg
}
if (Test-Path -LiteralPath $agent) {
  Stop-Service -Name 'vdiwatch-agent' -Force
  & $agent seal
  & $agent seal --check
  if ($LASTEXITCODE -ne 0) {
    Write-BISFLog -Msg "vdiwatch-agent seal --check: exit code $LASTEXITCODE" -Type E -SubMsg
  }
}
