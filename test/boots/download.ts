/** A program: brings the packages that tests in every run boot, so that tests that run at once find them. */
import { debianKernel, initrd, uBoot, xen } from './images';

debianKernel('armmp');
debianKernel('armmp-lpae');
xen();
uBoot();
initrd();
