# BIS-F custom script, preparation (sealing). Goes into BIS-F's folder for custom preparation scripts.
# Stops the agent and removes what belongs to this one machine; the service stays enabled for the clones.
$agent = Join-Path -Path $env:ProgramFiles -ChildPath 'vdiwatch\vdiwatch-agent.exe'
if (Test-Path -Path $agent) {
  Stop-Service -Name 'vdiwatch-agent' -Force
  & $agent seal
  & $agent seal --check
  if ($LASTEXITCODE -ne 0) {
    Write-BISFLog -Msg "vdiwatch-agent seal --check: exit code $LASTEXITCODE" -Type E -SubMsg
  }
}
