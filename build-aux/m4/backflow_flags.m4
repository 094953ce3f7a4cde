# SPDX-License-Identifier: Apache-2.0

# BACKFLOW_COMPILE_FLAGS(VARIABLE, FLAGS)
# Substitutes VARIABLE with those of FLAGS that the C compiler takes. All are tried at once first, then one by one.
AC_DEFUN([BACKFLOW_COMPILE_FLAGS],
[AC_MSG_CHECKING([which flags $CC takes for $1])
backflow_saved_CFLAGS=$CFLAGS
$1="m4_normalize([$2])"
CFLAGS="$backflow_saved_CFLAGS -Werror $$1"
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int backflow_probe;]])],
  [backflow_rejected=none],
  [$1=
   backflow_rejected=
   for backflow_flag in m4_normalize([$2]); do
     CFLAGS="$backflow_saved_CFLAGS -Werror $backflow_flag"
     AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int backflow_probe;]])],
       [$1="$$1 $backflow_flag"],
       [backflow_rejected="$backflow_rejected $backflow_flag"])
   done])
CFLAGS=$backflow_saved_CFLAGS
AS_IF([test "x$backflow_rejected" = xnone],
  [AC_MSG_RESULT([all])],
  [AC_MSG_RESULT([all but$backflow_rejected])])
AC_SUBST([$1])])

# BACKFLOW_LINK_FLAGS(VARIABLE, FLAGS)
# Sets VARIABLE to those of FLAGS that the linker takes for a shared library.
AC_DEFUN([BACKFLOW_LINK_FLAGS],
[AC_MSG_CHECKING([which flags the linker takes for $1])
backflow_saved_LDFLAGS=$LDFLAGS
$1=
for backflow_flag in m4_normalize([$2]); do
  LDFLAGS="$backflow_saved_LDFLAGS -shared $backflow_flag"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[extern int backflow_probe; int backflow_probe;]])],
    [$1="$$1 $backflow_flag"])
done
LDFLAGS=$backflow_saved_LDFLAGS
AC_MSG_RESULT([$$1])])
