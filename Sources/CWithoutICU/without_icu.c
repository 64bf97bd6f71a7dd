/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libxml2's archive wants of ICU: nothing can be converted. Debian builds libxml2 with ICU beside the C library's iconv, which
   is asked first and knows the same encodings; ICU's own libraries would bring 34 MB and the C++ library into every process. */
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>

UConverter *ucnv_open(const char *name, UErrorCode *error) {
    (void)name;
    *error = U_UNSUPPORTED_ERROR;
    return 0;
}

void ucnv_close(UConverter *converter) { (void)converter; }

void ucnv_convertEx(
    UConverter *to, UConverter *from, char **target, const char *targetEnd, const char **source, const char *sourceEnd,
    UChar *pivot, UChar **pivotSource, UChar **pivotTarget, const UChar *pivotEnd, UBool reset, UBool flush, UErrorCode *error) {
    (void)to, (void)from, (void)target, (void)targetEnd, (void)source, (void)sourceEnd, (void)pivot, (void)pivotSource;
    (void)pivotTarget, (void)pivotEnd, (void)reset, (void)flush;
    *error = U_UNSUPPORTED_ERROR;
}

void ucnv_setToUCallBack(
    UConverter *converter, UConverterToUCallback action, const void *context, UConverterToUCallback *old,
    const void **oldContext, UErrorCode *error) {
    (void)converter, (void)action, (void)context, (void)old, (void)oldContext;
    *error = U_UNSUPPORTED_ERROR;
}

void ucnv_setFromUCallBack(
    UConverter *converter, UConverterFromUCallback action, const void *context, UConverterFromUCallback *old,
    const void **oldContext, UErrorCode *error) {
    (void)converter, (void)action, (void)context, (void)old, (void)oldContext;
    *error = U_UNSUPPORTED_ERROR;
}

void UCNV_TO_U_CALLBACK_STOP(
    const void *context, UConverterToUnicodeArgs *arguments, const char *units, int32_t length, UConverterCallbackReason reason,
    UErrorCode *error) {
    (void)context, (void)arguments, (void)units, (void)length, (void)reason, (void)error;
}

void UCNV_FROM_U_CALLBACK_STOP(
    const void *context, UConverterFromUnicodeArgs *arguments, const UChar *units, int32_t length, UChar32 character,
    UConverterCallbackReason reason, UErrorCode *error) {
    (void)context, (void)arguments, (void)units, (void)length, (void)character, (void)reason, (void)error;
}
