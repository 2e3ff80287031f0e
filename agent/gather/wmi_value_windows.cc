#include "agent/gather/wmi_value_windows.h"

#include <windows.h>

#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {

Json JsonOfVariant(const VARIANT& value) {
  switch (value.vt) {
    case VT_BOOL:
      return value.boolVal != VARIANT_FALSE;
    case VT_BSTR:
      // The length counts: a BSTR may be null, or hold a NUL.
      return Utf8(std::wstring_view(value.bstrVal, ::SysStringLen(value.bstrVal)));
    case VT_I1:
      return value.cVal;
    case VT_UI1:
      return value.bVal;
    case VT_I2:
      return value.iVal;
    case VT_UI2:
      return value.uiVal;
    case VT_I4:
      return value.lVal;
    case VT_UI4:
      return value.ulVal;
    case VT_R4:
      return value.fltVal;
    case VT_R8:
      return value.dblVal;
    default:
      return nullptr;
  }
}

}  // namespace vdiwatch::agent
