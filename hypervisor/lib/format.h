/* Formatted text to any sink; see format.c for the conversions understood. */
#ifndef FORMAT_H
#define FORMAT_H

#include "types.h"

typedef void (*format_sink)(void *context, char c);

/** Writes `format` with its arguments to `sink`, one character at a time. */
void format_to(format_sink sink, void *context, const char *format, va_list arguments);

#endif
