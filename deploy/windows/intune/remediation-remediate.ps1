# Intune remediation, repair: starts the agent's service anew, which checks in at once. A service that
# is missing is the app's business: Intune installs it again where its detection finds nothing.
$ErrorActionPreference = 'Stop'
try {
  Set-Service -Name 'vdiwatch-agent' -StartupType Automatic
  Restart-Service -Name 'vdiwatch-agent' -Force
  Write-Output -InputObject 'vdiwatch agent: service started'
  exit 0
} catch {
  Write-Output -InputObject "vdiwatch agent: $($_.Exception.Message)"
  exit 1
}
