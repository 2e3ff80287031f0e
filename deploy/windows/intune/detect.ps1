# Detection for Intune (Win32 app) and ConfigMgr (application): text on the standard output and exit
# code 0 mean installed, no text means not installed. Intune takes any error text for "not installed"
# and ConfigMgr any other exit code for a failure, so there is neither.
# Set $least to the version that you deploy, as three numbers; a newer one, which came another way, is detected, too.
$least = [Version]'0.1.0'
$ErrorActionPreference = 'SilentlyContinue'
try {
  # Intune's host may be the 32-bit one, which sees another registry.
  $view = [Microsoft.Win32.RegistryView]::Registry64
  $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $view)
  $key = $machine.OpenSubKey('SOFTWARE\vdiwatch')
  $version = if ($key) { $key.GetValue('AgentVersion') -as [Version] }
  $service = Get-Service -Name 'vdiwatch-agent' -ErrorAction SilentlyContinue
  if ($version -and $service -and $version -ge $least) {
    Write-Output -InputObject "vdiwatch agent $version"
  }
} catch {
  # Not installed.
}
exit 0
